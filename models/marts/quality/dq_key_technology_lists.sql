-- The key-technology dictionary as built (methods.md 1.2; the paper counts 2 697 codes): patterns, parsed codes, and what they catch.
with codes as (
    select patterns.list_id, rules.level, count(distinct rules.ipc_key) as n_codes, count(distinct patterns.rule_no) as n_patterns
    from {{ ref('int_ipc_rules') }} as rules
    inner join {{ ref('int_ipc_patterns') }} as patterns on rules.rule_no = patterns.rule_no
    where not rules.is_exclusion
    group by patterns.list_id, rules.level
),

symbols as (
    select list_id, count(distinct ipc) as n_symbols
    from {{ ref('int_ipc_codes__mapped') }}
    group by list_id
)

select
    codes.list_id,
    {{ ipc_level_name('codes.level') }} as code_level,
    codes.n_patterns::bigint as n_patterns,
    codes.n_codes::bigint as n_codes,
    coalesce(symbols.n_symbols, 0)::bigint as n_symbols_of_list
from codes
left join symbols on codes.list_id = symbols.list_id
order by codes.list_id, code_level
