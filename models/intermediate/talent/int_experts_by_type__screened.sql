{{ screen_rows(with_province(ref('stg_experts__by_type')), ['province_code', 'expert_type', 'year'], [['unknown_province', 'province_code is null'], ['negative_amount', 'experts < 0']]) }}
