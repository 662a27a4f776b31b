import { useEffect, useRef, useState } from 'preact/hooks';
import { Dialog } from './dialog.tsx';

interface CameraProps {
  readonly onPicture: (jpeg: Blob) => void;
  readonly onClose: () => void;
}

const QUALITY = 0.92;

/** Takes one picture; the camera is off again when it closes. */
export function Camera({ onPicture, onClose }: CameraProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<string>();
  useEffect(() => {
    let stream: MediaStream | undefined;
    let isClosed = false;
    const start = async () => {
      stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 } } });
      if (isClosed) return stop();
      if (video.current) video.current.srcObject = stream;
    };
    const stop = () => {
      isClosed = true;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    start().catch((error: Error) =>
      setProblem(`The camera cannot be used: ${error.message || error.name}.`),
    );
    return stop;
  }, []);
  const shoot = () => {
    const { current: from } = video;
    if (!from?.videoWidth) return;
    const canvas = document.createElement('canvas');
    canvas.width = from.videoWidth;
    canvas.height = from.videoHeight;
    canvas.getContext('2d')?.drawImage(from, 0, 0);
    canvas.toBlob(
      (blob) => {
        if (blob) onPicture(blob);
        onClose();
      },
      'image/jpeg',
      QUALITY,
    );
  };
  return (
    <Dialog title="Camera" onClose={onClose}>
      {problem ? <p role="alert">{problem}</p> : <video ref={video} autoplay playsInline muted />}
      <p class="actions">
        <button type="button" class="main" disabled={problem !== undefined} onClick={shoot}>
          Take the picture
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </p>
    </Dialog>
  );
}
