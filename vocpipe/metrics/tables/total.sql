-- Mean of the parts of every series, with error and interval. One row per series and period.
-- Linearised: SE^2 = G/(G-1) * sum over customers of (sum over parts of sum(s - m_part) / (parts * n_part))^2, so that
-- a customer who answered about several parts is one. The interval is adjusted Wald (see total_part), its variance
-- times the design effect (SE^2 over that of unrelated answers), with Student's t of G-1, z above 200; within
-- -100..100. No row where a part is missing or is not shown for its n. Sums are of decimals, so that the order of the
-- rows does not matter.
with
    parts as (select * from total_part),

    quantiles as (select * from student),

    contributions as (
        select
            e.series_no,
            e.period_no,
            e.customer_no,
            cast((cast(e.numerator as double) - p.mean) * p.n_total / p.n as decimal(28, 9)) as u,
        from segmented as e
        join profile as f on f.profile_no = e.profile_no
        join parts as p on p.series_no = e.series_no and p.period_no = e.period_no and p.part = f.part
    ),

    clusters as (
        select series_no, period_no, cast(sum(u) as double) as u
        from contributions
        where customer_no is not null
        group by series_no, period_no, customer_no
        union all
        select series_no, period_no, cast(u as double)
        from contributions
        where customer_no is null
    ),

    spreads as (
        select series_no, period_no, count(*) as g, cast(sum(cast(u * u as decimal(38, 9))) as double) as spread
        from clusters
        group by 1, 2
    ),

    means as (
        select
            series_no,
            period_no,
            max(n_total) as n_total,
            max(count_parts) as count_parts,
            cast(sum(cast(mean as decimal(18, 15))) as double) / count(*) as mean,
            cast(sum(cast(middle as decimal(18, 15))) as double) / count(*) as middle,
            sqrt(cast(sum(cast(spread as decimal(18, 15))) as double)) / count(*) as error_plain,
            sqrt(cast(sum(cast(spread_added as decimal(18, 15))) as double)) / count(*) as error_added,
        from parts
        group by 1, 2
        having count(*) = max(count_parts) and min(n) >= getvariable('min_n_show')
    ),

    errors as (
        select
            m.*,
            coalesce(q.t, cast(getvariable('z') as double)) as quantile,
            case
                when s.g > 1 then sqrt(s.spread * s.g / (s.g - 1)) / (m.n_total * m.count_parts)
            end as se,
        from means as m
        join spreads as s on s.series_no = m.series_no and s.period_no = m.period_no
        left join quantiles as q on q.df = s.g - 1
    ),

    bounds as (
        select
            *,
            quantile * error_added * case when error_plain > 0 then se / error_plain else 1 end as half,
        from errors
    )

select
    s.metric,  -- The metric.
    b.period_no,  -- The period.
    s.unit,  -- The event's own unit.
    s.segment_type,  -- By what is cut.
    s.within,  -- Cut that is never pooled.
    s.segment,  -- The segment.
    100 * mean as total,  -- Mean of the parts, in points.
    100 * se as total_se,  -- Its standard error between customers.
    greatest(100 * (middle - half), -100) as total_low,  -- Lower bound.
    least(100 * (middle + half), 100) as total_high,  -- Upper bound.
    case
        when error_plain > 0 then greatest(se * se / (error_plain * error_plain), 1) else 1.0
    end as total_effect,  -- Variance between customers over that of unrelated answers; 1 at least.
from bounds as b
join series as s on s.series_no = b.series_no
