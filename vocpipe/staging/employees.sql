-- Answers of the employee survey. One row per employee and item.
select
    r.source,  -- Source in the settings.
    e.employee_id,  -- Id of the employee or agent.
    e.item,  -- What was asked.
    e.score,  -- The answer.
    r.known_at,  -- From when the company could know it (UTC).
from conformed.employees as e
inner join staging.records as r on e.row_id = r.row_id
where r.reason is null
