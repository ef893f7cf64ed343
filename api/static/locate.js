// 使用我的位置: fills the form's hidden latitude and longitude when the person asks for it, and takes them out again.
(() => {
  'use strict';
  const offer = document.querySelector('[data-locate]');
  if (!offer || !navigator.geolocation || !window.isSecureContext) return;
  const [button, status] = [offer.querySelector('button'), offer.querySelector('[role=status]')];
  const form = offer.closest('form');
  const fields = [form.elements.latitude, form.elements.longitude];
  const REFUSED = 1; // GeolocationPositionError.PERMISSION_DENIED

  const show = (words) => {
    button.textContent = fields[0].value ? '不用我的位置' : '使用我的位置';
    if (words) status.textContent = words;
  };
  const fill = (latitude, longitude) => {
    [fields[0].value, fields[1].value] = [latitude, longitude];
  };
  const taken = ({ coords }) => {
    fill(coords.latitude.toFixed(6), coords.longitude.toFixed(6)); // ten centimetres: finer says nothing
    show('已带上您的位置，提交时一起发出。');
  };
  const failed = ({ code }) => show(code === REFUSED
    ? '浏览器没有同意。不要紧，写明地点就行。'
    : '没有取到位置。不要紧，写明地点就行。');

  button.addEventListener('click', () => {
    if (fields[0].value) {
      fill('', '');
      show('已去掉您的位置。');
      return;
    }
    status.textContent = '正在取位置……';
    navigator.geolocation.getCurrentPosition(taken, failed, { enableHighAccuracy: true, timeout: 15000 });
  });
  show(fields[0].value ? '已带上您的位置，提交时一起发出。' : '');
  offer.hidden = false;
})();
