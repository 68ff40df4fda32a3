-- fail: every valid score of a survey arrives in marts.responses, once
with expected as (
    select source, response_id, question_id, known_at, count(*) as n
    from staging.answers
    where score is not null
    group by source, response_id, question_id, known_at
),
arrived as (
    select source, response_id, question_id, known_at, count(*) as n
    from marts.responses
    group by source, response_id, question_id, known_at
)
select coalesce(expected.source, arrived.source) as source, expected.n, arrived.n as n_arrived
from expected
full outer join arrived
    on expected.source = arrived.source and expected.response_id = arrived.response_id
    and expected.question_id is not distinct from arrived.question_id and expected.known_at = arrived.known_at
where expected.n is distinct from arrived.n
