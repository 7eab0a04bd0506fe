"""The report of one run or several: one HTML file that needs nothing else, no network and no ganlab."""
