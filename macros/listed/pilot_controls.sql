{# The continuous controls of pilot_spillover, winsorised at 1 % in its panels (methods.md 5.4, 5.5). #}
{% macro pilot_controls() -%}
{{ return(['roa', 'lnage', 'ki', 'size', 'kd', 'meangdp', 'infor', 'finsgov', 'fdi']) }}
{%- endmacro %}
