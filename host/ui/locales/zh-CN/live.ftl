# 实时更新、主题
live-unsent = 没有发出去：连不上服务器。内容还在页面上，请再试一次。
live-copied = 已复制
live-not-copied = 没能复制，请手动选中后复制
live-palette = 输入要去的页面或要做的事
live-find = 查找
live-theme = 外观
live-theme-light = 浅色
live-theme-dark = 深色
live-theme-system = 跟随系统
live-cancel = 先不做
