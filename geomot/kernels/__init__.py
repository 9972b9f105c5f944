"""The ground floor: simplices, sets and lists of numbers, many at once."""
