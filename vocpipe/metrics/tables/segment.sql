-- Segments to which events belong by what they are about, of the types that `cut` names. One row per profile and type.
with
    profiles as (select * from profile),

    cuts as (select * from cut)

select
    p.profile_no,  -- The profile.
    p.base_no,  -- Events of which metric, unit and never-pooled cut.
    c.segment_type,  -- By what is cut.
    case
        when c.response_segment <> '$'
            then coalesce(json_extract_string(p.segments, c.response_segment), '(none)')
        when c.segment_type = 'channel' then coalesce(p.channel, '(none)')
        when c.segment_type = 'topic' then coalesce(p.topic, '(none)')
        when c.segment_type = 'journey_stage' then coalesce(p.journey_stage, '(none)')
        when c.segment_type = 'experience' then coalesce(p.experience, '(none)')
        when c.segment_type = 'need' then coalesce(p.need, '(none)')
        when c.segment_type = 'language' then coalesce(p.language, '(none)')
    end as segment,  -- The segment; (none): the event has no such thing.
from profiles as p
join cuts as c on c.metric = p.metric
