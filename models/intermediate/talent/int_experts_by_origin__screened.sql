{{ screen_rows(with_province(ref('stg_experts__by_origin')), ['province_code', 'origin', 'year'], [['unknown_province', 'province_code is null'], ['negative_amount', 'experts < 0']]) }}
