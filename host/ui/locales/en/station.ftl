# Terminals on the floor
