# Boards, print, long work
