-- Design effect of every median: the sum over customers of their lean squared, over the number of events beside the
-- median (Woodruff 1952); few customers widen it as in `effective`. One row per series and period.
with
    medians as (select * from median),

    quantiles as (select * from student),

    -- An event without a customer stands for itself.
    customers as (
        select
            series_no,
            period_no,
            count_beside,
            case when customer_no is null then 1 else n end as size,
            case when customer_no is null then n else 1 end as count_customers,
            case when customer_no is null then count_beside else power(lean, 2) end as lean2,
        from lean
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
