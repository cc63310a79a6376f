"""Result tables, figures, diagrams and the HTML report."""
