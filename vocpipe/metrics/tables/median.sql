-- Median of every series, and its design effect: the sum over customers of (events above less events below)^2, over the
-- number of those events (Woodruff 1952); few customers widen it as in `effective`. One row per series and period.
with
    events as (select * from segmented),

    quantiles as (select * from student),

    counted as (
        select series_no, period_no, cast(max(value_rank) as double) as n
        from ranked
        group by 1, 2
    ),

    medians as (
        select c.series_no, c.period_no, c.n, avg(r.value) as median
        from counted as c
        join ranked as r
            on r.series_no = c.series_no and r.period_no = c.period_no
            and r.value_rank between floor((c.n + 1) / 2) and floor((c.n + 2) / 2)
        group by 1, 2, 3
    ),

    -- An event without a customer stands for itself.
    customers as (
        select
            e.series_no,
            e.period_no,
            case when e.customer_no is null then 1 else count(*) end as size,
            case when e.customer_no is null then count(*) else 1 end as count_customers,
            count(case when e.numerator <> m.median then 1 end) as count_beside,
            case
                when e.customer_no is null then count(case when e.numerator <> m.median then 1 end)
                else power(sum(sign(cast(e.numerator as double) - m.median)), 2)
            end as lean2,
        from events as e
        join medians as m on m.series_no = e.series_no and m.period_no = e.period_no
        group by e.series_no, e.period_no, e.customer_no
    ),

    spread as (
        select
            series_no,
            period_no,
            max(size) as most,
            power(sum(size * count_customers), 2) / sum(size * size * count_customers) as g,
            coalesce(sum(lean2) / nullif(sum(count_beside), 0), 1) as lean,
        from customers
        group by 1, 2
    )

select
    m.series_no,  -- The series.
    m.period_no,  -- The period.
    m.n,  -- Events.
    m.median,  -- Middle value, or the mean of the two middle ones.
    case
        when s.most = 1 then 1.0
        when s.g < 2 then m.n / s.g
        else greatest(s.lean * (s.g / (s.g - 1)) / (m.n / (m.n - 1)), 1) * power(
            coalesce(q.t, cast(getvariable('z') as double)) / cast(getvariable('z') as double), 2
        )
    end as design_effect,  -- How much more it varies than with as many events of different customers.
from medians as m
join spread as s on s.series_no = m.series_no and s.period_no = m.period_no
left join quantiles as q on q.df = floor(s.g - 1 + 1e-9)
