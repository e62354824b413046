"""Grams of CO2e in pictures: always beside the number, never in its place.

Green Algorithms 30df2fe (CC BY 4.0) for trees, cars and the flight; carbontracker 8beb2b9 for the
new European car of 2022 (107.5 g/km) and that of 2018 (120.4 g/km).
"""

TREE_YEAR_G = 11_000.0
FLIGHT_NEW_YORK_SAN_FRANCISCO_G = 570_000.0
CAR_G_PER_KM = {"EU": 175.0, "US": 251.0, "EU new 2018": 120.4, "EU new 2022": 107.5}


def tree_years(grams: float) -> float:
    """Years that one mature tree takes to bind them."""
    return grams / TREE_YEAR_G


def kilometres(grams: float, car: str = "EU") -> float:
    """Kilometres by a passenger car; `car` is a key of CAR_G_PER_KM."""
    return grams / CAR_G_PER_KM[car]


def flights(grams: float) -> float:
    """Flights of one passenger from New York to San Francisco."""
    return grams / FLIGHT_NEW_YORK_SAN_FRANCISCO_G
