-- Employee Net Promoter Score: share of employees who would recommend the company as a place to work (9 and 10 of 0 to
-- 10) minus those who would not (0 to 6). One row per employee who was asked, and period. The answer known at the
-- period's end counts; nothing is made of fewer than 10 employees, so that no one is shown.
-- unit: points
-- direction: up
-- grain: employee
-- method: adjusted_wald
-- attributes: no
-- timing: stock
-- version: 1
with
    employees as (
        select *, recommend_score as score
        from facts.employees
        where recommend_score is not null
    ),

    known as (
        select e.*, c.period_no, count(*) over (partition by c.period_no) as count_employees
        from employees as e
        join calendar as c on e.known_at < c.ends_at
    )

select
    employee_no as event_id,  -- The employee counted.
    cast(null as varchar) as customer_id,  -- An employee is no customer.
    case
        when score >= 9 then 1
        when score <= 6 then -1
        else 0
    end as numerator,  -- 1 promoter, 0 passive, -1 detractor.
    1 as denominator,  -- One employee.
    period_no,  -- The period at whose end this holds.
from known
where count_employees >= 10
