"""Programs for those who build DoneCast; the product never imports them."""
