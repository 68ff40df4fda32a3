-- How far the events of a customer lean: by how many lie above the median less how many below. One row per series,
-- period and customer; all events without a customer are in one row.
with
    events as (select series_no, period_no, customer_no, cast(numerator as double) as value from segmented),

    medians as (select * from median)

select
    e.series_no,  -- The series.
    e.period_no,  -- The period.
    e.customer_no,  -- The customer; null when unknown.
    count(*) as n,  -- Events.
    count(case when e.value <> m.median then 1 end) as count_beside,  -- Of these not at the median.
    cast(sum(sign(e.value - m.median)) as double) as lean,  -- Events above the median less events below.
from events as e
join medians as m on m.series_no = e.series_no and m.period_no = e.period_no
group by e.series_no, e.period_no, e.customer_no
