-- Pairs of records that may be one person although they share no identifier, weighed by a probabilistic model.
-- One row per pair of records.
with

judged as (

    select
        verdicts.*,
        case
            when objection is not null then objection
            when refused.node_a is not null then 'others who are joined to it contradict it'
            when match_weight < getvariable('same_weight') then 'too little for a link'
        end as doubt,
    from verdicts
    left join refused on verdicts.node_a = refused.node_a and verdicts.node_b = refused.node_b

),

told as (

    select
        *,
        concat_ws(
            ', ',
            case
                when is_swapped then 'given and family name have changed places'
                when is_nickname
                    then concat('given names that serve for one another, ', level_word(family_level), ' family name')
                when is_half_swapped then 'a name has changed its place'
                else concat_ws(
                    ', ', level_word(given_level) || ' given name', level_word(family_level) || ' family name'
                )
            end,
            case birth_level
                when 'same' then 'same birth date'
                when 'slip' then 'birth dates a slip of the pen apart'
                when 'near' then 'birth dates some years apart'
                when 'other' then 'other birth date'
                else 'no birth date to compare'
            end,
            level_word(street_level) || ' street',
            level_word(postcode_level) || ' postcode',
            level_word(town_level) || ' town',
            level_word(email_level) || ' e-mail address'
        ) as comparison,
    from judged

)

select
    a.source as source_a,  -- Source of the first record.
    a.record_id as record_id_a,  -- Id of the first record.
    b.source as source_b,  -- Source of the second record.
    b.record_id as record_id_b,  -- Id of the second record.
    told.match_weight as match_weight,  -- Evidence for one person in bits: each bit more doubles the odds.
    1 / (1 + power(2, -told.match_weight)) as match_probability,  -- The same as a probability, 0 to 1.
    case when doubt is null then 'same' else 'unsure' end as verdict,  -- same: a link; unsure: a case to look at.
    concat(
        upper(left(comparison, 1)), substr(comparison, 2),
        case
            when doubt is not null then concat('; not linked: ', doubt)
            when birth_level in ('slip', 'near') then '; the rest agrees, so the birth date counts as mistyped'
            else ''
        end, '.'
    ) as evidence,  -- What agrees and what does not, in words and without any personal value.
from told
inner join profiles as a on told.node_a = a.node
inner join profiles as b on told.node_b = b.node
