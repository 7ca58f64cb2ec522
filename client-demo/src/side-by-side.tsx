import { createRoot } from 'react-dom/client';
import { otherNode } from './other-node.js';
import { TEXT } from './text.js';

const page = document.getElementById('page');
if (page) createRoot(page).render(<SideBySide />);

/** Two tabs of the page, on two nodes. */
function SideBySide() {
  const other = otherNode();
  if (!other) return <p className="hint">{TEXT.noOther}</p>;
  return (
    <main className="panes">
      {['/', other].map((address) => (
        <iframe
          key={address}
          src={address}
          title={TEXT.left(new URL(address, location.href).port)}
        />
      ))}
    </main>
  );
}
