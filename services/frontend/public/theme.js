// Before anything is drawn, so that a chosen appearance does not flash the other one.
document.documentElement.dataset.theme = localStorage.getItem('taskflow.theme') ?? '';
