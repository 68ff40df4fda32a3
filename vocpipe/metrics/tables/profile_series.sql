-- The series to which the events of a profile add. One row per profile and type of segment.
with
    segments as (select * from segment),

    all_series as (select * from series where value_no is null)

select
    g.profile_no,  -- The profile.
    s.series_no,  -- The series.
from segments as g
join all_series as s
    on s.base_no = g.base_no and s.segment_type = g.segment_type and s.segment = g.segment
