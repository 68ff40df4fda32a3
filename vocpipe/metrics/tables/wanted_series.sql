-- The series that are made in one step: those whose metric and type of segment `wanted` names. One row per profile
-- and series.
select
    p.profile_no,  -- The profile.
    p.series_no,  -- The series.
from profile_series as p
join series as s on s.series_no = p.series_no
join wanted as w on w.metric = s.metric and w.segment_type = s.segment_type
