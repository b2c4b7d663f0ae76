// Before anything is drawn, so that a chosen appearance does not flash the other one.
document.documentElement.dataset.theme = localStorage.getItem('taskflow.theme') ?? '';

// No text becomes HTML here. React Aria empties its announcer by innerHTML = '', which is all that is let through; and no address
// becomes a script but the service worker's.
window.trustedTypes?.createPolicy('default', {
  createHTML: (text) => (text === '' ? '' : null),
  createScriptURL: (url) => (url === '/sw.js' ? url : null),
});
