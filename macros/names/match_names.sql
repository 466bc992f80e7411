{#
  match_names(names_relation, name_column, firms_relation, fuzzy_threshold=0.85)

  Which firm each name means. firms_relation holds (firm_id, name, name_kind), name_kind current or former, one row per name a firm
  carries or carried. A select of one row per distinct name: name_column, firm_id (null: unmatched or ambiguous), match_method,
  match_score, n_candidates.

  Levels, the first one with a candidate decides; more than one firm at that level is ambiguous and is not guessed:
      exact          1.00  firm_name_text of a current name
      former_name    0.98  firm_name_text of a former name
      legal_form     0.96  firm_name_key of a current name
      former_name    0.94  firm_name_key of a former name
      place_free     0.90  the key without places, at least four characters, where the places named do not contradict
      place_free     0.88  the same with a former name
      fuzzy          1 - edit distance / length of the keys without place, at or above the threshold and 0.02 ahead of the next firm, where
                     the first three characters (the brand), figures and places agree; only for names without any other candidate.
                     At 0.85 one slip in seven characters passes; 华为技术 and 华为技术服务 do not.
#}
{% macro match_names(names_relation, name_column, firms_relation, fuzzy_threshold=0.85) -%}
with wanted as (
    select written, name_text, name_key, {{ name_place_free('name_key') }} as place_free, {{ name_places('name_key') }} as places
    from (
        select written, {{ firm_name_text('listed_name') }} as name_text, {{ firm_name_key('listed_name') }} as name_key
        from (
            select written, {{ name_without_market_mark('written') }} as listed_name
            from (select distinct {{ name_column }} as written from {{ names_relation }} where {{ name_column }} is not null) as distinct_names
        ) as unmarked
    ) as keyed
),

known as (
    select
        firm_id, is_former, name_text, name_key,
        {{ name_place_free('name_key') }} as place_free, {{ name_places('name_key') }} as places
    from (
        select distinct
            firm_id, name_kind = 'former' as is_former, {{ firm_name_text('listed_name') }} as name_text, {{ firm_name_key('listed_name') }} as name_key
        from (select firm_id, name_kind, {{ name_without_market_mark('name') }} as listed_name from {{ firms_relation }}) as unmarked
    ) as keyed
    where name_text is not null
),

candidates as (
    select wanted.written, known.firm_id, case when known.is_former then 2 else 1 end as level
    from wanted inner join known on wanted.name_text = known.name_text
    union
    select wanted.written, known.firm_id, case when known.is_former then 4 else 3 end
    from wanted inner join known on wanted.name_key = known.name_key
    union
    select wanted.written, known.firm_id, case when known.is_former then 6 else 5 end
    from wanted inner join known on wanted.place_free = known.place_free
    where length(wanted.place_free) >= 4 and {{ places_agree('wanted.places', 'known.places') }}
),

first_level as (
    select written, level, min(firm_id) as firm_id, count(distinct firm_id) as n_candidates
    from (select *, min(level) over (partition by written) as best_level from candidates) as ranked_candidates
    where level = best_level
    group by written, level
),

lookalikes as (
    select written, firm_id, max(similarity) as similarity
    from (
        select
            wanted.written, known.firm_id,
            {{ text_similarity('wanted.place_free', 'known.place_free') }} as similarity
        from wanted
        inner join known
            on substr(wanted.place_free, 1, 3) = substr(known.place_free, 1, 3)
            and abs(length(wanted.place_free) - length(known.place_free)) <= 2
        where length(wanted.place_free) >= 4
            and {{ name_numbers('wanted.place_free') }} = {{ name_numbers('known.place_free') }}
            and {{ places_agree('wanted.places', 'known.places') }}
            and not exists (select 1 from first_level where first_level.written = wanted.written)
    ) as pairs
    where similarity >= {{ fuzzy_threshold }} - 0.02
    group by written, firm_id
),

ranked as (
    select
        written, firm_id, similarity,
        row_number() over (partition by written order by similarity desc, firm_id) as place_in_line,
        lead(similarity) over (partition by written order by similarity desc, firm_id) as next_similarity,
        count(*) over (partition by written) as n_candidates
    from lookalikes
),

fuzzy as (
    select written, firm_id, similarity, n_candidates, coalesce(next_similarity, 0) > similarity - 0.02 as is_tied
    from ranked
    where place_in_line = 1 and similarity >= {{ fuzzy_threshold }}
)

select
    wanted.written as {{ name_column }},
    case when first_level.n_candidates = 1 then first_level.firm_id when not fuzzy.is_tied then fuzzy.firm_id end as firm_id,
    case
        when first_level.n_candidates > 1 or fuzzy.is_tied then 'ambiguous'
        when first_level.level = 1 then 'exact'
        when first_level.level in (2, 4) then 'former_name'
        when first_level.level = 3 then 'legal_form'
        when first_level.level in (5, 6) then 'place_free'
        when fuzzy.written is not null then 'fuzzy'
        else 'unmatched'
    end as match_method,
    case
        when first_level.n_candidates > 1 or fuzzy.is_tied then null
        else coalesce(
            case first_level.level when 1 then 1.0 when 2 then 0.98 when 3 then 0.96 when 4 then 0.94 when 5 then 0.9 when 6 then 0.88 end,
            round(fuzzy.similarity, 4)
        )
    end::double as match_score,
    coalesce(first_level.n_candidates, fuzzy.n_candidates, 0)::integer as n_candidates
from wanted
left join first_level on wanted.written = first_level.written
left join fuzzy on wanted.written = fuzzy.written
{%- endmacro %}
