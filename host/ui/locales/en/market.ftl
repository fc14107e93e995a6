# The marketplace and consent
