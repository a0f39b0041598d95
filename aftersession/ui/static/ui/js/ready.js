// What only makes sense with a script is shown once one runs; what stands in for it is hidden.
document.documentElement.classList.add("js");
