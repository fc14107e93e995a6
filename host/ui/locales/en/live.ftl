# Live updates, themes
