{{ screen_rows(with_city(ref('stg_pilots__units')), ['batch_year', 'project', 'unit_name']) }}
