(layer) => {
  // Pixels of one of the two layers of the map that are not empty.
  const canvas = document.querySelectorAll(".pointmap canvas")[layer];
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let at = 3; at < data.length; at += 4) count += data[at] > 0;
  return count;
}
