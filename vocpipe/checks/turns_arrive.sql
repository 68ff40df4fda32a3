-- fail: every turn that counts arrives in marts.interactions, with its text where it has one
select turns.interaction_id
from staging.turns as turns
left join marts.interactions as interactions on turns.interaction_id = interactions.interaction_id
where interactions.interaction_id is null
    or (turns.verbatim is not null and interactions.verbatim is null)
