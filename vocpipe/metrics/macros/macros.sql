-- Macros that the published file carries, for any query of an analyst. Confidence is 95 %; no rows give null.
-- They are aggregates: nps(case when … then score end) in place of nps(score) filter (where …).

-- Net Promoter Score in points, -100..100, of answers 0..10.
create or replace macro nps(score) as
    100.0 * (count(case when score >= 9 then 1 end) - count(case when score <= 6 then 1 end)) / nullif(count(score), 0);

-- Bounds of the NPS: adjusted Wald, 3/4 added to promoters and to detractors and 3 to n, clipped to -100..100.
create or replace macro nps_low(score) as
    case when count(score) > 0 then greatest(-100.0, 100.0 * (
        (count(case when score >= 9 then 1 end) - count(case when score <= 6 then 1 end)) / (count(score) + 3.0)
        - 1.959963984540054 * sqrt((
            (count(case when score >= 9 or score <= 6 then 1 end) + 1.5) / (count(score) + 3.0)
            - power(
                (count(case when score >= 9 then 1 end) - count(case when score <= 6 then 1 end))
                / (count(score) + 3.0),
                2
            )
        ) / (count(score) + 3.0))
    )) end;

create or replace macro nps_high(score) as
    case when count(score) > 0 then least(100.0, 100.0 * (
        (count(case when score >= 9 then 1 end) - count(case when score <= 6 then 1 end)) / (count(score) + 3.0)
        + 1.959963984540054 * sqrt((
            (count(case when score >= 9 or score <= 6 then 1 end) + 1.5) / (count(score) + 3.0)
            - power(
                (count(case when score >= 9 then 1 end) - count(case when score <= 6 then 1 end))
                / (count(score) + 3.0),
                2
            )
        ) / (count(score) + 3.0))
    )) end;

-- Share of the two highest answers of the scale, 0..1.
create or replace macro csat(score, scale_high := 5) as
    cast(count(case when score >= scale_high - 1 then 1 end) as double) / nullif(count(score), 0);

-- Wilson's score interval of k out of n, 0..1.
create or replace macro wilson_low(k, n) as
    case when k = 0 and n > 0 then 0.0 when n > 0 then greatest(0.0,
        (k + 1.959963984540054 * 1.959963984540054 / 2) / (n + 1.959963984540054 * 1.959963984540054)
        - 1.959963984540054 / (n + 1.959963984540054 * 1.959963984540054)
        * sqrt(k * (n - k) / cast(n as double) + 1.959963984540054 * 1.959963984540054 / 4)
    ) end;

create or replace macro wilson_high(k, n) as
    case when k = n and n > 0 then 1.0 when n > 0 then least(1.0,
        (k + 1.959963984540054 * 1.959963984540054 / 2) / (n + 1.959963984540054 * 1.959963984540054)
        + 1.959963984540054 / (n + 1.959963984540054 * 1.959963984540054)
        * sqrt(k * (n - k) / cast(n as double) + 1.959963984540054 * 1.959963984540054 / 4)
    ) end;

-- Difference k1/n1 - k2/n2 between two groups: Newcombe's method 10 (1998), square-and-add of the Wilson bounds.
create or replace macro newcombe_low(k1, n1, k2, n2) as
    case when n1 > 0 and n2 > 0 then
        cast(k1 as double) / n1 - cast(k2 as double) / n2 - sqrt(
            power(cast(k1 as double) / n1 - wilson_low(k1, n1), 2)
            + power(wilson_high(k2, n2) - cast(k2 as double) / n2, 2)
        )
    end;

create or replace macro newcombe_high(k1, n1, k2, n2) as
    case when n1 > 0 and n2 > 0 then
        cast(k1 as double) / n1 - cast(k2 as double) / n2 + sqrt(
            power(wilson_high(k1, n1) - cast(k1 as double) / n1, 2)
            + power(cast(k2 as double) / n2 - wilson_low(k2, n2), 2)
        )
    end;

-- Survey answers as they stood at t (UTC): known by then, and not yet superseded.
create or replace macro responses_asof(t) as table
    select *
    from marts.responses
    where known_at < t and occurred_at < t and (superseded_at is null or superseded_at >= t);

-- Attributes of customers as they were at t (UTC).
create or replace macro customer_attributes_asof(t) as table
    select a.customer_id, a.attribute, a.value
    from marts.customer_attributes as a
    where (a.valid_from is null or a.valid_from <= t) and (a.valid_to is null or a.valid_to > t);

-- One metric by one type of segment, newest period last.
create or replace macro metric(name, segment_type) as table
    select *
    from metrics.metric_value as v
    where v.metric = name and v.segment_type = segment_type
    order by v.period, v.period_start, v.segment, v.unit;
