-- Engagement of employees: mean over employees of the mean of their answers to the items of satisfaction, on the
-- survey's own scale. One row per employee and period. The answers known at the period's end count; nothing is made of
-- fewer than 10 employees, so that no one is shown.
-- unit: mean
-- direction: up
-- grain: employee
-- method: t
-- attributes: no
-- timing: stock
-- version: 1
with
    employees as (
        select *, engagement_score as score
        from facts.employees
        where engagement_score is not null
    ),

    known as (
        select e.*, c.period_no, count(*) over (partition by c.period_no) as count_employees
        from employees as e
        join calendar as c on e.known_at < c.ends_at
    )

select
    employee_no as event_id,  -- The employee counted.
    cast(null as varchar) as customer_id,  -- An employee is no customer.
    score as numerator,  -- Mean of the employee's items.
    1 as denominator,  -- One employee.
    period_no,  -- The period at whose end this holds.
from known
where count_employees >= 10
