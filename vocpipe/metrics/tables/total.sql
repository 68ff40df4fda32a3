-- Mean of the parts of one metric by one type of segment, with error and interval. One row per period and segment.
-- Linearised: SE^2 = G/(G-1) * sum over customers of (sum over parts of sum(s - m_part) / (parts * n_part))^2, so that
-- a customer who answered about several parts is one. The interval is adjusted Wald (see total_part), its variance
-- times the design effect (SE^2 over that of unrelated answers), with Student's t of G-1, z above 200; within
-- -100..100. No row where a part is missing or is not shown for its n. Sums are of decimals, so that the order of the
-- rows does not matter.
with
    events as (select * from segmented),

    parts as (select * from total_part),

    quantiles as (select * from student),

    contributions as (
        select
            e.period_no,
            e.segment,
            e.customer_no,
            cast((cast(e.numerator as double) - p.mean) * p.n_total / p.n as decimal(28, 9)) as u,
        from events as e
        join parts as p on p.period_no = e.period_no and p.segment = e.segment and p.part = e.part
    ),

    clusters as (
        select period_no, segment, cast(sum(u) as double) as u
        from contributions
        where customer_no is not null
        group by period_no, segment, customer_no
        union all
        select period_no, segment, cast(u as double)
        from contributions
        where customer_no is null
    ),

    spreads as (
        select period_no, segment, count(*) as g, cast(sum(cast(u * u as decimal(38, 9))) as double) as spread
        from clusters
        group by 1, 2
    ),

    means as (
        select
            period_no,
            segment,
            max(n_total) as n_total,
            cast(sum(cast(mean as decimal(18, 15))) as double) / count(*) as mean,
            cast(sum(cast(middle as decimal(18, 15))) as double) / count(*) as middle,
            sqrt(cast(sum(cast(spread as decimal(18, 15))) as double)) / count(*) as error_plain,
            sqrt(cast(sum(cast(spread_added as decimal(18, 15))) as double)) / count(*) as error_added,
        from parts
        group by 1, 2
        having count(*) = getvariable('count_parts') and min(n) >= getvariable('min_n_show')
    ),

    errors as (
        select
            m.*,
            coalesce(q.t, cast(getvariable('z') as double)) as quantile,
            case
                when s.g > 1 then sqrt(s.spread * s.g / (s.g - 1)) / (m.n_total * getvariable('count_parts'))
            end as se,
        from means as m
        join spreads as s on s.period_no = m.period_no and s.segment = m.segment
        left join quantiles as q on q.df = s.g - 1
    ),

    bounds as (
        select
            *,
            quantile * error_added * case when error_plain > 0 then se / error_plain else 1 end as half,
        from errors
    )

select
    getvariable('metric') as metric,  -- The metric.
    period_no,  -- The period.
    getvariable('segment_type') as segment_type,  -- By what is cut.
    segment,  -- The segment.
    100 * mean as total,  -- Mean of the parts, in points.
    100 * se as total_se,  -- Its standard error between customers.
    greatest(100 * (middle - half), -100) as total_low,  -- Lower bound.
    least(100 * (middle + half), 100) as total_high,  -- Upper bound.
    case
        when error_plain > 0 then greatest(se * se / (error_plain * error_plain), 1) else 1.0
    end as total_effect,  -- Variance between customers over that of unrelated answers; 1 at least.
from bounds
