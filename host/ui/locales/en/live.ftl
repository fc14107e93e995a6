# Live updates, themes
live-unsent = Not sent: the server cannot be reached. What you typed is still here; try again.
live-copied = Copied
live-not-copied = It could not be copied; select and copy it by hand
live-palette = Type where to go or what to do
live-find = Find
live-theme = Appearance
live-theme-light = Light
live-theme-dark = Dark
live-theme-system = As the system
live-cancel = Not now
