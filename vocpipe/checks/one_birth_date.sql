-- fail: no customer joins different birth dates, but where a person judged so or a likely slip of the pen was accepted
with recursive births as (
    select distinct links.customer_id, links.source, links.record_id, persons.birth_on
    from identity.links as links
    inner join staging.persons as persons on links.source = persons.source and links.record_id = persons.record_id
    where persons.birth_on is not null
),
several as (
    select customer_id, min(birth_on) as birth_on from births group by customer_id having count(distinct birth_on) > 1
),
same as (
    select source_a, record_id_a, source_b, record_id_b
    from identity.judgements
    where verdict = 'same' and rule in ('person', 'fuzzy') and ended_at is null
    union
    select source_b, record_id_b, source_a, record_id_a
    from identity.judgements
    where verdict = 'same' and rule in ('person', 'fuzzy') and ended_at is null
),
excused as (
    select distinct a.customer_id, a.birth_on, b.birth_on as other_birth_on
    from same
    inner join births as a on same.source_a = a.source and same.record_id_a = a.record_id
    inner join births as b on same.source_b = b.source and same.record_id_b = b.record_id
        and a.customer_id = b.customer_id
),
-- Birth dates that such judgements lead to from the first one, step by step.
reached as (
    select customer_id, birth_on from several
    union
    select excused.customer_id, excused.other_birth_on
    from reached
    inner join excused on reached.customer_id = excused.customer_id and reached.birth_on = excused.birth_on
)
select distinct births.customer_id
from births
inner join several on births.customer_id = several.customer_id
left join reached on births.customer_id = reached.customer_id and births.birth_on = reached.birth_on
where reached.customer_id is null
