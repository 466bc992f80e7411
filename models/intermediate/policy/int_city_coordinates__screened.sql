{{ screen_rows(
    with_city(ref('stg_city_coordinates__cities')),
    ['city_code'],
    [['unknown_city', 'city_code is null'], ['outside_china', 'not (longitude between 73 and 136 and latitude between 3 and 54)']],
) }}
