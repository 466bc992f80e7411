{#
  What match_names looks at besides the keys: places, figures, marks of the exchange.
#}

{# Short names of shares without what the exchange puts around them: *ST海润, G海尔, 万科A. #}
{% macro name_without_market_mark(expr) -%}
case
    when length({{ expr }}) <= 10 and {{ text_matches(expr, '^(?:S?[*＊]?ST|PT|X[DR]|DR|[NGSC])?[一-鿿 　]{2,6}(?:[ABＡＢ]|-[UWV]+)?$') }} then
        {{ text_replace(expr, '^(?:S?[*＊]?ST|PT|X[DR]|DR|[NGSC])|[ABＡＢ]$|-[UWV]+$', '') }}
    else {{ expr }}
end
{%- endmacro %}

{# The key without provinces and cities (with or without 省, 市): what is left of a name wherever the place stands. #}
{% macro name_place_free(expr) -%}
    nullif({{ text_replace(expr, major_places() ~ '(?:省|市|自治区)?', '') }}, '')
{%- endmacro %}

{# The places of a key in the order of the text, as one string: 广东深圳. #}
{% macro name_places(expr) -%}
    coalesce({{ text_joined(text_extract_all(expr, major_places())) }}, '')
{%- endmacro %}

{% macro major_places() -%}
    (?:{{ seed_words('seed_city', "city_short", "true") }}|{{ seed_words('seed_province', "province_short", "true") }})
{%- endmacro %}

{# No place on one side, or one side within the other (广东深圳 and 深圳). #}
{% macro places_agree(left, right) -%}
    ({{ left }} = '' or {{ right }} = '' or contains({{ left }}, {{ right }}) or contains({{ right }}, {{ left }}))
{%- endmacro %}

{# Figures and ordinals: 第一 and 第二 are never one firm. #}
{% macro name_numbers(expr) -%}
    {{ text_replace(expr, '[^0-9一二三四五六七八九十]', '') }}
{%- endmacro %}
