{#
  The parts of official notation that ipc_rules is made of: tokens of a pattern, pieces of a symbol, ends of a range.
#}

{# One row per token: the symbol of each part, its own exclusions and those of the row. #}
{% macro ipc_tokens(relation, rule_column, label_column, pattern_column, exclude_column) -%}
{%- set fold = "translate(upper(coalesce({}, '')), '" ~ fullwidth_characters() ~ "＊／（）；，～—–－至到', '" ~ halfwidth_characters() ~ "*/();,~-----')" -%}
{%- set pattern = text_replace(fold.format(pattern_column), '[\\s　]|[(][0-9]{4}[.][0-9]{2}[)]', '') -%}
{%- set excluded = text_replace(fold.format(exclude_column), '[\\s　]|^[(]?(不含|不包括|除)[::]?|[)]$', '') -%}
with numbered as (
    select
        row_number() over (order by coalesce({{ label_column }}::string, ''), coalesce({{ rule_column }}::string, ''), {{ pattern }}, {{ excluded }}) as row_id,
        {{ rule_column }}::string as rule_no,
        {{ label_column }}::string as subfield_code,
        {{ pattern_column }}::string as ipc_pattern,
        {{ text_extract_all(pattern, '[^;、,()]+(?:[(][^)]*[)]?)?|[(][^)]*[)]?') }} as parts,
        {{ excluded }} as excluded_by_row
    from {{ relation }}
),

parted as (
    select * except (parts), {{ numbered_rows_of('parts', 'part_no', 'part') }} from numbered
),

excluded as (
    select
        *,
        {{ rows_of(text_parts(text_replace("excluded_by_row || ';' || " ~ text_group('part', '[(](.*?)[)]?$', 1), '[、,]', ';'), ';')) }} as written
    from parted
)

select row_id, part_no, rule_no, subfield_code, ipc_pattern, {{ text_cut('part', '[(](不含|不包括|除)[^)]*[)]?$') }} as token, false as is_exclusion
from parted
union all
select distinct row_id, part_no, rule_no, subfield_code, ipc_pattern, {{ text_cut('written', '^(不含|不包括|除)[::]?') }} as token, true as is_exclusion
from excluded
where written <> ''
{%- endmacro %}

{# Section, class, subclass, main group, subgroup, star of a symbol as six columns; all blank where it is none. #}
{% macro ipc_pieces(expr, prefix) -%}
{%- for piece in ['section', 'class', 'subclass', 'main', 'sub', 'star'] -%}
    {{ text_group(expr, '^([A-H])(?:([0-9]{2})(?:([A-Z])(?:0*([1-9][0-9]{0,3})(?:/([0-9]{2,6}))?)?)?)?(/?[*])?$', loop.index) }} as {{ prefix }}_{{ piece }}{{ ',
        ' if not loop.last }}
{%- endfor -%}
{%- endmacro %}

{# What a range counts in: class number, letter of the subclass, or main group. #}
{% macro ipc_step(prefix) -%}
    case
        when {{ prefix }}_class = '' then 0
        when {{ prefix }}_subclass = '' then nullif({{ prefix }}_class, '')::integer
        when {{ prefix }}_main = '' then ascii(nullif({{ prefix }}_subclass, ''))::integer
        else nullif({{ prefix }}_main, '')::integer
    end
{%- endmacro %}

{# The end of a range written short takes what it leaves out from the start. #}
{% macro ipc_full_end(low, high) -%}
    case
        when {{ text_matches(high, '^[0-9]+/') }} then substr({{ low }}, 1, 4) || {{ high }}
        when {{ text_matches(high, '^[0-9]') }} and {{ low }} like '%/%' then split_part({{ low }}, '/', 1) || '/' || {{ high }}
        when {{ text_matches(high, '^[0-9]') }} and length({{ low }}) >= 4 and {{ low }} not like '%*' then substr({{ low }}, 1, 4) || {{ high }}
        when {{ text_matches(high, '^[0-9]{2}[*]?$') }} then substr({{ low }}, 1, 1) || {{ high }}
        when {{ text_matches(high, '^[A-Z][*]?$') }} then substr({{ low }}, 1, 3) || {{ high }}
        else {{ high }}
    end
{%- endmacro %}
