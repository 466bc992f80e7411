-- Candidate rows of every panel and the screen that took each out.
{%- for panel, model in sample_models() %}
select
    '{{ panel }}' as panel,
    case when drop_reason is null then 'kept' else 'dropped' end as step,
    drop_reason as reason,
    count(*)::bigint as n_rows
from {{ ref(model) }}
group by drop_reason
{{ 'union all' if not loop.last }}
{%- endfor %}
order by panel, step, reason
