{{ screen_rows(with_province(ref('stg_province_yearbook__province_years')), ['province_code', 'year'], [['unknown_province', 'province_code is null']]) }}
