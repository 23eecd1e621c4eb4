"""`floorwatch label`: what people say of pictures and clips, and the page they say it on."""
