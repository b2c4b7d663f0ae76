/** Says something to screen readers that sighted people see happen, such as a card that moves by keyboard. */
export function announce(text: string): void {
  const region = document.getElementById('announcer') ?? makeRegion();
  region.textContent = '';
  // A text that comes a moment later is a change, also when it is the same as before.
  setTimeout(() => {
    region.textContent = text;
  }, 30);
}

function makeRegion(): HTMLElement {
  const region = document.createElement('div');
  region.id = 'announcer';
  region.className = 'unseen';
  region.role = 'status';
  region.ariaLive = 'assertive';
  document.body.append(region);
  return region;
}
