{{ screen_rows(with_city(ref('stg_csmar_firm_years__profiles'), 'registered_city'), ['stkcd', 'year']) }}
