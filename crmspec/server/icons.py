"""The icons a page may show, and the one it shows for a name that is not among them."""

from __future__ import annotations

ICONS = (
    "activity", "archive", "arrow-down", "arrow-left", "arrow-right", "arrow-up", "arrow-up-right", "at-sign",
    "badge-check", "badge-percent", "ban", "banknote", "bell", "bold", "book-open", "book-user", "box", "boxes",
    "briefcase", "briefcase-business", "bug", "building", "building-2", "calculator", "calendar", "calendar-check",
    "calendar-days", "car", "chart-column", "chart-line", "chart-no-axes-column", "chart-pie", "check",
    "chevron-down", "chevron-left", "chevron-right", "chevron-up", "chevrons-left", "chevrons-right",
    "chevrons-up-down", "circle", "circle-alert", "circle-check", "circle-dot", "circle-help", "circle-user-round",
    "circle-x", "clipboard-check", "clipboard-list", "clock", "coins", "command", "component", "contact",
    "contact-round", "copy", "corner-down-right", "credit-card", "database", "download", "ellipsis",
    "external-link", "eye", "eye-off", "factory", "file", "file-check", "file-pen-line", "file-text", "flag",
    "folder", "funnel", "gauge", "git-branch", "git-commit-horizontal", "git-compare", "globe", "grip-vertical",
    "hand-coins", "handshake", "hash", "heading", "headset", "heart", "history", "hourglass", "house", "id-card",
    "image", "inbox", "info", "italic", "key-round", "landmark", "languages", "layers", "leaf", "life-buoy",
    "lightbulb", "link", "list", "list-checks", "list-filter", "list-ordered", "list-todo", "lock", "log-in",
    "log-out", "mail", "mails", "map-pin", "megaphone", "menu", "message-circle", "message-square", "milestone",
    "minus", "monitor", "moon", "move-right", "network", "newspaper", "package", "package-check", "palette",
    "paperclip", "pencil", "percent", "phone", "phone-call", "plane", "plus", "power", "printer", "puzzle",
    "receipt", "receipt-text", "refresh-cw", "rocket", "rotate-ccw", "route", "ruler", "scale", "scroll-text",
    "search", "send", "settings", "shield", "shield-check", "ship", "shopping-cart", "sparkles", "square-check",
    "square-kanban", "star", "store", "sun", "swords", "table-2", "tag", "tags", "target", "thumbs-up", "ticket",
    "trash-2", "trending-up", "triangle-alert", "trophy", "truck", "undo-2", "upload", "user", "user-plus",
    "user-round", "users", "users-round", "wallet", "warehouse", "wrench", "x", "zap",
)
UNKNOWN_ICON = "box"
