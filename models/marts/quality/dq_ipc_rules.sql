-- Which patterns of the key-technology lists the main symbols of the applications fall under (methods.md 1.2, 5.2); patterns that catch nothing stay.
with symbols as (
    select ipc_main as ipc, count(*) as n_applications
    from {{ ref('fct_patent') }}
    where ipc_main is not null
    group by ipc_main
),

matched as (
    {{ ipc_match('symbols', 'ipc', ref('int_ipc_rules')) }}
),

caught as (
    select matched.rule_no, count(*) as n_symbols, sum(symbols.n_applications) as n_applications
    from matched
    inner join symbols on matched.ipc = symbols.ipc
    group by matched.rule_no
)

select
    patterns.list_id::varchar as list_id,
    patterns.rule_no::varchar as rule_no,
    patterns.subfield_code::varchar as subfield_code,
    patterns.ipc_pattern::varchar as ipc_pattern,
    patterns.exclude_patterns::varchar as exclude_patterns,
    coalesce(caught.n_symbols, 0)::bigint as n_symbols,
    coalesce(caught.n_applications, 0)::bigint as n_applications,
    coalesce(caught.n_applications, 0) / (select sum(symbols.n_applications) from symbols)::double as share_of_applications
from {{ ref('int_ipc_patterns') }} as patterns
left join caught on patterns.rule_no = caught.rule_no
