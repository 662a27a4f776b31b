import { useEffect, useState } from 'preact/hooks';
import { hashOf, type Route, routeOf, type Screen } from './model/route.ts';
import { type Collections, useCollections } from './parts/collections.ts';
import { AuditScreen } from './screens/audit.tsx';
import { CollectionsScreen } from './screens/collections.tsx';
import { DuplicatesScreen } from './screens/duplicates.tsx';
import { FacesScreen } from './screens/faces.tsx';
import { KeysScreen } from './screens/keys.tsx';
import { OutcomesScreen } from './screens/outcomes.tsx';
import { PeopleScreen } from './screens/people.tsx';
import { ReceiptsScreen } from './screens/receipts.tsx';
import { TryItScreen } from './screens/try-it.tsx';
import { VideosScreen } from './screens/videos.tsx';

const TITLES: Readonly<Record<Screen, string>> = {
  collections: 'Collections',
  try: 'Try it',
  faces: 'Faces',
  people: 'People',
  duplicates: 'Duplicates',
  outcomes: 'Uploads',
  videos: 'Videos',
  receipts: 'Deletions',
  audit: 'Audit',
  keys: 'Keys',
};

/** Screens that are about one collection. */
const ABOUT_ONE: ReadonlySet<Screen> = new Set(['faces', 'people', 'duplicates', 'receipts']);

export function App() {
  const [route, setRoute] = useState(() => routeOf(location.hash));
  const collections = useCollections();
  useEffect(() => {
    const follow = () => setRoute(routeOf(location.hash));
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  useEffect(() => {
    scrollTo(0, 0);
    document.title = `${TITLES[route.screen]} · Recollect`;
  }, [route.screen]);
  const go = (change: Partial<Route>) => {
    location.hash = hashOf({ ...route, ...change });
  };
  return (
    <>
      <button type="button" class="skip" onClick={toContent}>
        To the content
      </button>
      <header>
        <span class="brand">Recollect</span>
        <nav aria-label="Screens">
          <ul>
            {(Object.keys(TITLES) as Screen[]).map((screen) => (
              <li key={screen}>
                <a
                  href={hashOf({ ...route, screen })}
                  aria-current={screen === route.screen ? 'page' : undefined}
                >
                  {TITLES[screen]}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <Chooser route={route} collections={collections} go={go} />
      </header>
      <main id="main" tabIndex={-1}>
        {ABOUT_ONE.has(route.screen) && route.collection === undefined ? (
          <>
            <h1>{TITLES[route.screen]}</h1>
            <p class="empty">Choose a collection above.</p>
          </>
        ) : (
          <Shown key={route.collection} route={route} collections={collections} go={go} />
        )}
      </main>
    </>
  );
}

function toContent(): void {
  document.querySelector<HTMLElement>('main')?.focus();
}

interface ShownProps {
  readonly route: Route;
  readonly collections: Collections;
  readonly go: (change: Partial<Route>) => void;
}

function Chooser({ route, collections, go }: ShownProps) {
  return (
    <label class="chooser">
      Collection
      <select
        value={route.collection ?? ''}
        onChange={({ currentTarget }) => go({ collection: currentTarget.value || undefined })}
      >
        <option value="">(none)</option>
        {[...new Set([...collections.ids, ...(route.collection ? [route.collection] : [])])].map(
          (id) => (
            <option key={id} value={id}>
              {id}
            </option>
          ),
        )}
      </select>
    </label>
  );
}

function Shown({ route, collections, go }: ShownProps) {
  const { screen, collection = '' } = route;
  const shared = { collections, go };
  switch (screen) {
    case 'collections':
      return <CollectionsScreen {...shared} />;
    case 'try':
      return <TryItScreen {...shared} collection={route.collection} />;
    case 'faces':
      return <FacesScreen {...shared} collection={collection} />;
    case 'people':
      return <PeopleScreen {...shared} collection={collection} />;
    case 'duplicates':
      return <DuplicatesScreen {...shared} collection={collection} />;
    case 'videos':
      return <VideosScreen />;
    case 'receipts':
      return <ReceiptsScreen {...shared} collection={collection} />;
    case 'outcomes':
      return <OutcomesScreen />;
    case 'audit':
      return <AuditScreen />;
    case 'keys':
      return <KeysScreen collections={collections} />;
  }
}
