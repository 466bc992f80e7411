{#
  IPC symbols. ipc_normalise(expr) gives H04L27/26 for "H04L 27/26", "h04l27/26", "H04L 027/26", "Ｈ０４Ｌ２７／２６",
  "H04L27/26(2006.01)", "H04L 27/26 20060101" and the zero-padded exchange form "H04L0027260000"; a symbol that stops earlier keeps its level (H04L27, H04L,
  H04). What is no IPC symbol (a Locarno class of a design, a typing error) gives null: count it.
  The other macros take a normalised symbol and give null where it is too short.
#}
{% macro ipc_normalise(expr) -%}
{%- set plain = text_replace("translate(upper(" ~ expr ~ "), '" ~ fullwidth_characters() ~ "／', '" ~ halfwidth_characters() ~ "/')", ' (?:19|20)[0-9]{2}[01][0-9]{3}.*$|[\\s　_-]|[(（\\[].*$', '') -%}
case
    when {{ text_matches(expr, '^[A-H][0-9]{2}[A-Z][1-9][0-9]{0,3}/[0-9]{2,6}$') }} then {{ expr }}
    when {{ text_matches(plain, '^[A-H][0-9]{2}[A-Z][0-9]{10}([^0-9/].*|[0-9]{8}[A-Z].*)?$') }} then
        {{ text_replace(text_replace("substr(" ~ plain ~ ", 1, 14)", '^(.{4})0*([0-9]+?)([0-9]{6})$', '\\1\\2/\\3'), '(/[0-9]{2}[0-9]*?)0*$', '\\1') }}
    when {{ text_matches(plain, '^[A-H][0-9]{2}([A-Z](0*[1-9][0-9]{0,3}(/[0-9]{2,6})?)?)?$') }} then
        {{ text_replace(plain, '^(.{4})0+', '\\1') }}
end
{%- endmacro %}

{% macro ipc_section(expr) -%}
    substr({{ expr }}, 1, 1)
{%- endmacro %}

{% macro ipc_class(expr) -%}
    substr({{ expr }}, 1, 3)
{%- endmacro %}

{% macro ipc_subclass(expr) -%}
    case when length({{ expr }}) >= 4 then substr({{ expr }}, 1, 4) end
{%- endmacro %}

{% macro ipc_main_group(expr) -%}
    case when length({{ expr }}) >= 5 then split_part({{ expr }}, '/', 1) end
{%- endmacro %}
