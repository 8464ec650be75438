"""What is worn, in pixels: cloth crops, person masks, colours and their names."""
